#!/usr/bin/env node
// `npm run build`: the server into server/dist, the page into web/dist, whether or not they are up to date.
import { build, checkNode, install } from './lib/prepare.mjs'

checkNode()
await install()
await build({ force: true })
