/**
 * Headers as they stand on the wire: one class per header, static accessors over memory and an
 * offset, no instances and no allocation. Depends on nothing.
 *
 * <p>Accessors don't check lengths beyond what the segment's own bounds do. Each class has one
 * {@code valid} (or states the least length) that proves that all of its accessors stay inside what
 * was received; callers ask it once.
 */
package org.jpasst.wire;
