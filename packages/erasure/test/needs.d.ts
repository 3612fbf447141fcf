/** A test that runs a program that may not be installed: without it the test is skipped, in CI (`CI=true`) it fails. */
export declare function testWith(
  program: string,
  debianPackage: string,
  name: string,
  run: () => void | Promise<void>,
): void
