export { ExperimentsPage } from './experiments-page'
