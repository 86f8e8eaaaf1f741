import { useEffect, useRef, useState } from 'react'
import { add, ratio, subtract } from './format'

const steps = 14

/** Walks from the last value to the new one in a quarter of a second, in exact decimals; at once where reduced motion is asked. */
export function useCountUp(value: string | null, enabled = true): string | null {
  const [shown, setShown] = useState(value)
  const from = useRef(value)
  useEffect(() => {
    const start = from.current
    from.current = value
    if (
      !enabled ||
      value === null ||
      start === null ||
      start === value ||
      matchMedia('(prefers-reduced-motion: reduce)').matches
    ) {
      setShown(value)
      return
    }
    const step = ratio(subtract(value, start), String(steps), 6) ?? '0'
    let current = start
    let done = 0
    let frame = requestAnimationFrame(function next() {
      done += 1
      current = done >= steps ? value : add(current, step)
      setShown(current)
      if (done < steps) frame = requestAnimationFrame(next)
    })
    return () => cancelAnimationFrame(frame)
  }, [value, enabled])
  return enabled ? shown : value
}
