using System.Runtime.Versioning;

// Real servers, signals and /proc: the suite needs Linux.
[assembly: SupportedOSPlatform("linux")]
