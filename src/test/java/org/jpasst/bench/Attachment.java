package org.jpasst.bench;

import java.util.List;
import java.util.Optional;
import org.jpasst.lab.BackEndProgram;

/** A way for a guest to have a network, by a certain back-end or by none. */
interface Attachment {
  /** Makes the namespaces, starts the back-end and attaches the guest to it. */
  TestBed open(GuestSettings settings, Links links);

  /** Whether links like these can be made. */
  default boolean takes(Links links) {
    return true;
  }

  /** The back-end's program, if there is one. */
  Optional<BackEndProgram> program();

  /** Options that a back-end needs for a guest to be attached in this way. */
  List<String> options();
}
