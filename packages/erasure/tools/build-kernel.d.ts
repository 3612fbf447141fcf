/** The text of src/kernel/kernel-bytes.ts, as it has to be for the present source. */
export declare function kernelBytesModule(): Promise<string>
