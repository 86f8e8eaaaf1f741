export { usageRoutes } from './routes'
