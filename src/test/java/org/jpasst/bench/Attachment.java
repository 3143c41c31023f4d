package org.jpasst.bench;

/** A way for a guest to have a network, by a certain back-end or by none. */
interface Attachment {
  /** Makes the namespaces, starts the back-end and attaches the guest to it. */
  TestBed open(GuestSettings settings);
}
