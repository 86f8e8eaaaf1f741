export { actualCost, amortisedCost } from './cost-details'
