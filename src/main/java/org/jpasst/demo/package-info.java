/**
 * A small guest that plays over a back-end's UNIX socket what an operating system does at start:
 * shows that the back-end works on a machine without QEMU. In the build's training run it makes
 * traffic as well. One connection at a time, no loss, blocking: not a network stack.
 */
package org.jpasst.demo;
