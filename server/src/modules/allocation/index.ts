export { type Allocator, openAllocator } from './allocator'
export { verifyCertificates } from './certificate'
export { allocationRoutes } from './routes'
