/**
 * The recorded exchanges of {@code test-vectors}: a reader for unit tests, and a replayer that
 * plays them to a running back-end.
 *
 * <p>Frames are taken apart by {@link org.jpasst.vectors.Frame} and not by the program's own header
 * classes, so that the two cannot be wrong together.
 */
package org.jpasst.vectors;
