/**
 * The guest's side: links that bring its frames and take those for it. Protocol code sees only
 * {@link org.jpasst.guest.FrameSink} and {@link org.jpasst.guest.FrameReceiver} and never learns
 * which link is behind them.
 */
package org.jpasst.guest;
