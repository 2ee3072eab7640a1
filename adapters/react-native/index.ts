/** A phone: what the device is like, and all ports in one line. */
export {};
