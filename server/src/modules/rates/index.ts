export { dailyRates } from './daily-rates'
export { bankAddresses } from './fetch-rates'
export { rateRoutes } from './routes'
export { keepRatesCurrent } from './update-rates'
