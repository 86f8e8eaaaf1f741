import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouteComponent,
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

/** A page behind the sign-in, loaded when it is first wanted. */
function page<const Path extends string>(path: Path, component: RouteComponent) {
  return createRoute({ getParentRoute: () => shellRoute, path, component })
}

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
    shellRoute.addChildren([
      page(
        '/overview',
        lazyRouteComponent(() => import('../features/overview'), 'OverviewPage'),
      ),
      page(
        '/ai',
        lazyRouteComponent(() => import('../features/ai'), 'AiPage'),
      ),
      page(
        '/experiments',
        lazyRouteComponent(() => import('../features/experiments'), 'ExperimentsPage'),
      ),
      page(
        '/explore',
        lazyRouteComponent(() => import('../features/explore'), 'ExplorePage'),
      ),
      page(
        '/allocation',
        lazyRouteComponent(() => import('../features/allocation'), 'AllocationPage'),
      ),
      page(
        '/connections',
        lazyRouteComponent(() => import('../features/connections'), 'ConnectionsPage'),
      ),
      page(
        '/reconciliation',
        lazyRouteComponent(() => import('../features/reconciliation'), 'ReconciliationPage'),
      ),
      page(
        '/data',
        lazyRouteComponent(() => import('../features/ingestion'), 'DataPage'),
      ),
      page(
        '/prices',
        lazyRouteComponent(() => import('../features/prices'), 'PricesPage'),
      ),
      page(
        '/settings',
        lazyRouteComponent(() => import('../features/settings'), 'SettingsPage'),
      ),
    ]),
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
