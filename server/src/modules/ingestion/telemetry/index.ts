export { openAttributionStore } from './attribution-store'
export { recordRefusals } from './findings'
export { telemetryRoutes } from './routes'
