export { ApiError, api, problemOf } from './client'
export * from './hooks'
export { type LiveState, LiveUpdates, useLive } from './live'
