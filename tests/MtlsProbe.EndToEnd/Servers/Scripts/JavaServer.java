import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.FileInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/** The HTTPS server of Java's standard library, which demands a client certificate. Arguments: port, certificate, key, authorities; PEM. */
class JavaServer {
    private static final char[] NO_PASSWORD = {};

    public static void main(String[] args) throws Exception {
        var context = context(args[1], args[2], args[3]);
        var server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])), 1024);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters connection) {
                SSLParameters parameters = context.getDefaultSSLParameters();
                parameters.setNeedClientAuth(true);
                connection.setSSLParameters(parameters);
            }
        });
        server.createContext("/", exchange -> {
            var words = "welcome\n".getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, words.length);
            exchange.getResponseBody().write(words);
            exchange.close();
        });
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
    }

    private static SSLContext context(String certificate, String key, String authorities) throws Exception {
        var own = store();
        own.setKeyEntry("own", privateKey(key), NO_PASSWORD, certificates(certificate));
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(own, NO_PASSWORD);

        var trusted = store();
        for (var authority : certificates(authorities)) trusted.setCertificateEntry(Integer.toString(trusted.size()), authority);
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);

        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore store() throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static Certificate[] certificates(String file) throws Exception {
        try (var stream = new FileInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(stream).toArray(Certificate[]::new);
        }
    }

    private static PrivateKey privateKey(String file) throws Exception {
        var text = Files.readString(Path.of(file)).replaceAll("-----[A-Z ]+-----|\\s", "");
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
    }
}
