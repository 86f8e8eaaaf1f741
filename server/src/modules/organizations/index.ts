export type { Organization } from './contract'
export { createOrganization, findSampleOrganization, getOrganization, toOrganization } from './organizations'
export { organizationRoutes } from './routes'
