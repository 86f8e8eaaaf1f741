export { findOrCreateConnection, listConnections } from './connections'
