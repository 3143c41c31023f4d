/**
 * passtctl, the operator's program: asks a back-end by its control socket, and shows the answers as
 * tables for people or as they come.
 */
package org.jpasst.control.client;
