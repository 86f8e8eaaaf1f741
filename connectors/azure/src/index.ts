export { actualCost, amortisedCost } from './cost-details'
export { currentDeliveries, type Delivery, readManifest } from './deliveries'
