export { ExplorePage } from './explore-page'
export { type ExploreSearch, exploreSearchKeys, validateExploreSearch } from './search'
