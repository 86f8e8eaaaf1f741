export { healthRoutes } from './health'
export { createHttpServer } from './server'
export { readStaticPage, staticPageRoutes } from './static-page'
export { streamRoutes } from './stream'
