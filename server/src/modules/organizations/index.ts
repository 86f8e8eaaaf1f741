export type { Organization } from './contract'
export {
  createOrganization,
  findSampleOrganization,
  getOrganization,
  listRateSources,
  toOrganization,
} from './organizations'
export { organizationRoutes } from './routes'
