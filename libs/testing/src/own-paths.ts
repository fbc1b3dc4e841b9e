/** The paths of an API document that are the service's own: without those that the host gives every service for operators. */
export const ownPaths = <Item>(paths: Readonly<Record<string, Item>>): Record<string, Item> =>
  Object.fromEntries(Object.entries(paths).filter(([path]) => !path.startsWith('/operations/')));
