# What ./try and ./check need besides this checkout. To be sourced in its top directory.

is_debian() {
  command -v apt-get >/dev/null && command -v dpkg-query >/dev/null
}

# How a JDK 25 is had, where there is none.
jdk_advice() {
  . /etc/os-release
  case ${ID-}:${VERSION_ID-99} in
    debian:[0-9] | debian:1[0-2])
      echo "a JDK 25, of which $PRETTY_NAME has no package: unpack one in /opt" \
        "(Temurin 25 from https://adoptium.net) or name one by JAVA_HOME"
      ;;
    debian:* | ubuntu:*) echo "a JDK 25: apt-get install openjdk-25-jdk-headless" ;;
    fedora:*) echo "a JDK 25: dnf install java-25-openjdk-devel" ;;
    *) echo "a JDK 25: install one, or name one by JAVA_HOME" ;;
  esac
}

maven_advice() {
  . /etc/os-release
  case " ${ID-} ${ID_LIKE-} " in
    *' debian '*) echo "Maven: apt-get install maven" ;;
    *' fedora '*) echo "Maven: dnf install maven" ;;
    *) echo "Maven: install it" ;;
  esac
}

is_jdk_25() {
  [ -x "$1/bin/javac" ] || return 1
  case $("$1/bin/javac" -version 2>&1) in
    'javac 25'*) return 0 ;;
  esac
  return 1
}

# Sets JAVA_HOME to a JDK 25; tells under the name $1 in one line what is missing of that and Maven.
need_jdk_and_maven() {
  found=
  java=$(command -v java) && java=$(readlink -f "$java") || java=
  for jdk in "${JPASST_JAVA_HOME-}" "${JAVA_HOME-}" "${java%/bin/java}" /usr/lib/jvm/* /opt/* \
    /opt/java/* /usr/java/* /usr/local/* "${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.jdks/*; do
    if is_jdk_25 "$jdk"; then
      found=$jdk
      break
    fi
  done
  missing=
  [ -n "$found" ] || missing=$(jdk_advice)
  command -v mvn >/dev/null || missing="${missing:+$missing; }$(maven_advice)"
  if [ -n "$missing" ]; then
    echo "$1: missing: $missing" >&2
    return 1
  fi
  # Maven runs on it, too: so its toolchains find it, wherever it is.
  export JAVA_HOME="$found"
}

# Installs what the lab calls, as root on Debian; elsewhere tells what that is, under the name $1.
need_lab() {
  if [ "$(id -u)" != 0 ]; then
    echo "$1: not root: tests in network namespaces and with QEMU guests are skipped" >&2
    return 0
  fi
  wanted=$(grep -v '^#' src/test/lab/packages)
  if ! is_debian; then
    echo "$1: the lab needs what these Debian packages have:" $wanted >&2
    return 0
  fi
  lacking=
  for package in $wanted; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || lacking="$lacking $package"
  done
  [ -n "$lacking" ] || return 0
  echo "$1: installing$lacking"
  DEBIAN_FRONTEND=noninteractive
  export DEBIAN_FRONTEND
  apt-get update --quiet
  apt-get install --quiet --yes --no-install-recommends $lacking
}
