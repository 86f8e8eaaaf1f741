export { ImportQueue } from './imports/import-queue'
export { forgetContent } from './imports/import-store'
export { otlpRoutes } from './otlp'
export { ingestionRoutes } from './routes'
