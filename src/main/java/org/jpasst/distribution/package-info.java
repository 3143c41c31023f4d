/** Steps of the build that make parts of the distribution; nothing of it runs at a user's. */
package org.jpasst.distribution;
