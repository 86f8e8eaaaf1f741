export { openExplorer } from './explorer'
export { exploreRoutes } from './routes'
