export { otlpRoutes } from './routes'
