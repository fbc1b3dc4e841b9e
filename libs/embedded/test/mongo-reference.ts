/** The server given by MONGODB_URI, on which the same suites run. */
export const referenceUri = (): string | undefined => process.env['MONGODB_URI'] || undefined;
