/** A provider without its logo: two letters in its own colour of the palette. */
export function Mark({ id, name }: { id: string; name: string }) {
  const letters = name.replace(/[^\p{L}\p{N}]/gu, '').slice(0, 2)
  return (
    <span className="connector-mark" data-connector={id} aria-hidden="true">
      {letters}
    </span>
  )
}
