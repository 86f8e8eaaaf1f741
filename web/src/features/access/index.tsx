export { SetUpPage } from './set-up-page'
export { SignInPage } from './sign-in-page'
