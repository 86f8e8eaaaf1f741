export { type PriceBook, priceBook, priceUsage } from './price-usage'
export { pricingRoutes } from './routes'
