export { reconciliationRoutes } from './routes'
