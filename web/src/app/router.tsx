import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router'
import { CrashPage, NotFoundPage } from './error-pages'
import { Root } from './root'
import { type SharedSearch, sharedSearchKeys, validateSharedSearch } from './search'
import { Shell } from './shell'

const rootRoute = createRootRoute({
  component: Root,
  validateSearch: validateSharedSearch,
  search: { middlewares: [retainSearchParams<SharedSearch>([...sharedSearchKeys])] },
  notFoundComponent: NotFoundPage,
  errorComponent: CrashPage,
})

const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: 'shell', component: Shell })

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/overview', replace: true })
  },
})

const overviewRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/overview',
  component: lazyRouteComponent(() => import('../features/overview'), 'OverviewPage'),
})
const exploreRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/explore',
  component: lazyRouteComponent(() => import('../features/explore'), 'ExplorePage'),
})
const dataRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/data',
  component: lazyRouteComponent(() => import('../features/ingestion'), 'DataPage'),
})
const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('../features/settings'), 'SettingsPage'),
})
const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('../features/access'), 'SignInPage'),
})
const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  component: lazyRouteComponent(() => import('../features/access'), 'SetUpPage'),
})

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    homeRoute,
    shellRoute.addChildren([overviewRoute, exploreRoute, dataRoute, settingsRoute]),
    signInRoute,
    setupRoute,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: CrashPage,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
