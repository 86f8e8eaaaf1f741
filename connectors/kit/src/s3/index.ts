export { type AccessKeys, type Bucket, type BucketAddress, openBucket, type StoredObject } from './bucket'
export { sdkFailure } from './sdk-failure'
export { sdkHandler } from './sdk-handler'
