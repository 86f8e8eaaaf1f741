/**
 * Calls `work` again and again, `pauseMs` after it ended, until the returned function is called; that waits for the call under
 * way. A failure is reported and the next call comes as usual.
 */
export function every(pauseMs: number, work: () => Promise<unknown>, onFailure: (error: unknown) => void) {
  let stopped = false
  let wake = () => {}
  const loop = (async () => {
    while (!stopped) {
      await work().catch((error: unknown) => {
        if (!stopped) onFailure(error)
      })
      if (stopped) return
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, pauseMs).unref()
      })
    }
  })()
  return async () => {
    stopped = true
    wake()
    await loop
  }
}
