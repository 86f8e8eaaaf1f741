export { type Access, createAccess } from './access'
export { accessRoutes } from './routes'
export { isSetUp, setUp } from './set-up'
