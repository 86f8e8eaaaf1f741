export type { Organization } from './contract'
export {
  createOrganization,
  findSampleOrganization,
  getOrganization,
  listRateSources,
  timeZoneOfOrganization,
  toOrganization,
} from './organizations'
export { organizationRoutes } from './routes'
