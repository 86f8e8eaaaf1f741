export { openPriceBooks, type PriceBooks, shippedBooks } from './price-books'
export { priceUsage } from './price-usage'
export { pricingRoutes } from './routes'
