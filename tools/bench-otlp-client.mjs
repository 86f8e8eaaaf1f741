// The sending side of the OTLP measurement: a thread of its own, as a client would be a machine of its own.
import { Agent, request as httpRequest } from 'node:http'
import { parentPort } from 'node:worker_threads'

const connections = 64
const agent = new Agent({ keepAlive: true, maxSockets: connections })

parentPort.on('message', async ({ url, bodies }) => {
  let next = 0
  const one = async () => {
    while (next < bodies.length) await post(url, bodies[next++])
  }
  try {
    await Promise.all(Array.from({ length: connections }, one))
    parentPort.postMessage(null)
  } catch (error) {
    parentPort.postMessage(String(error))
  }
})

function post(url, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length }
    const request = httpRequest(`${url}/v1/traces`, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`answer ${response.statusCode}`)),
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}
