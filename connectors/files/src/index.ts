import { address } from './address'
import { bucket } from './bucket'
import { folder } from './folder'

export { address, bucket, folder }

/** Everything that reads files without knowing whose they are. */
export default [bucket, folder, address]
