export { experimentRoutes } from './routes'
