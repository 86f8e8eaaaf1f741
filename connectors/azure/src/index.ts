import { costExports } from './cost-exports'

export { actualCost, amortisedCost } from './cost-details'

export default costExports
