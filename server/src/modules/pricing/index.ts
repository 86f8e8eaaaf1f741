export { openPriceBooks, type PriceBooks, shippedBook, shippedBooks } from './price-books'
export { priceUsage } from './price-usage'
export { pricingRoutes } from './routes'
