package org.jpasst.proto.groups;

/** Is told which groups the guest listens to. Addresses are as everywhere, IPv4 as mapped. */
public interface GroupListener {
  /** The guest has joined a group that it wasn't in. */
  void joined(long hi, long lo);

  /** The guest isn't in the group any more. */
  void left(long hi, long lo);
}
