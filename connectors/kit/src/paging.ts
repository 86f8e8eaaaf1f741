import { ProviderFailure } from './failure'

/**
 * Follows a provider's own page tokens. `ask` gets the token of the page (null for the first) and returns what it holds and
 * the token of the next, null at the end. A token that comes twice would never end: it is a `changed_format`.
 */
export async function* followPages<T>(
  first: string | null,
  ask: (token: string | null) => Promise<{ page: T; next: string | null }>,
): AsyncGenerator<{ page: T; next: string | null }> {
  const seen = new Set<string>()
  for (let token = first; ; ) {
    const answer = await ask(token)
    yield answer
    if (answer.next === null) return
    if (seen.has(answer.next) || answer.next === token)
      throw new ProviderFailure('changed_format', 'The provider named a page that was already read as the next one.')
    seen.add(answer.next)
    token = answer.next
  }
}
