/**
 * Linux system calls through the foreign function interface, and the structures they take.
 *
 * <p>The only package that calls restricted methods. Calls return what the C function returns, or
 * the negated error number ({@link org.jpasst.linux.Errno}); no exceptions for what can happen in
 * normal operation. Objects for the packet path hold a place for {@code errno} each and belong to
 * one thread; all else has one for each thread.
 */
package org.jpasst.linux;
