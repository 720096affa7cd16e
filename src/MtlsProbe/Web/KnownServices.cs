using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;

namespace MtlsProbe.Web;

/// <summary>
/// Services of the web server with the same values as the defaults of the container. Given open generics such as <c>IOptions&lt;&gt;</c>, the container
/// puts together a hundred types at run time, in the native file a fifth of the start. With the types named here, the compiler has made them.
/// </summary>
internal static class KnownServices
{
    public static void Add(IServiceCollection services)
    {
        services.RemoveAll<IStartupValidator>(); // it only starts listeners of .NET's meters, and there are none

        // Nothing configures these.
        services.AddSingleton(Options.Create(new FormOptions()));
        services.AddSingleton(Options.Create(new HostOptions()));
        services.AddSingleton(Options.Create(new ConsoleLifetimeOptions()));

        // These are configured by services.
        AddOptions<KestrelServerOptions>(services);
        AddOptions<SocketTransportOptions>(services);
        AddOptions<RouteOptions>(services);

        AddLog<KestrelServer>(services);
        AddLog<ApplicationLifetime>(services);
        AddLog<ResponseCompressionProvider>(services);
    }

    private static void AddOptions<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] T>(IServiceCollection services)
        where T : class => services.AddSingleton(provider => Options.Create(
            new OptionsFactory<T>(provider.GetServices<IConfigureOptions<T>>(), provider.GetServices<IPostConfigureOptions<T>>(), provider.GetServices<IValidateOptions<T>>()).Create(Options.DefaultName)));

    private static void AddLog<T>(IServiceCollection services) =>
        services.AddSingleton<ILogger<T>>(provider => new Logger<T>(provider.GetRequiredService<ILoggerFactory>()));
}
