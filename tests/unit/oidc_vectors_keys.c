/* SPDX-License-Identifier: ISC */
/* Tokens with bad names of keys or extensions, of the keys of oidc_vectors.c */
#include "common/errors.h"
#include "tests/unit/oidc_vectors.h"

const struct vectors_bad vectors_bad_keys[] = {
    {"RS256 with the key ec", VB_EWEAK, "does not fit its key",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6ImVjIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.SpgYRCLatm9C"
	"xh0Umz4wslNZvzU0OpfUmVyGP_Och4MIZKYEI0uv145HwvKaZPaD1YDp74s9"
	"QmSecBm3_g6qHGMV60W48-gCnVpHvHsGSKwatVJcK4eUEQ0NpaRDFZWXU7Mm"
	"eye4pRki5dKUQf13tPs3tR93T47TngItzl2AZ7qT4m7ucdvE_mIsSXlRNs5O"
	"5HGw_3wGSo9kgvDEWOUjHXJkWcr_Y3tqcS9F5u5Wy6-gQGiwn4cAIdl_oDbG"
	"R1NvDr39zAyx_5wuieX3ANGOtMd10x4K3Az7mLjT4VG3Lx0mmiIGigVepSJE"
	"q5gxFvgxpVY_MyITC-zhQVzSvbMYnA"},
    {"RS256 with the key ed", VB_EWEAK, "does not fit its key",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.saGgg31tpJuW"
	"tR5RVzuNipG0TSdRYUqJjtsUUlKIFQLf3zR2ydrEVqscQ33_1aqR-qQAJWCz"
	"k6typKEryJePR7KXbNePN2FPFhfmqyHFxxLzv7uJnyYgnGxM1oPGZXnUb_4q"
	"G6I7CwCZOMYTYsvAL-VbhSZKF-yXRAyx38hnpmu4Udoqw5p-wmnZ8lkLxA7j"
	"NC1aphnlLljoJ4at73IRfOhv7vRVYz-I3T6di-VBphEThqy2BEanO5_GQXgZ"
	"IvjR8f2fqxDL-DC9v1t02KGIQzbqUMQheYqdRoussoP4wCDGHEIwP0NvemoR"
	"3vW_jSDix_729KvgAJr7zsUh2dPwxQ"},
    {"PS256 with the key ec", VB_EWEAK, "does not fit its key",
	"eyJhbGciOiJQUzI1NiIsImtpZCI6ImVjIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.kCvH4LjbdvJz"
	"nqZkt5MUy5Co1h3YJ0iAV1_R-Uifz5JMKma-YdcaWAQ1WYalO0JG75FetlSK"
	"mrN1mu-tAcqlLgGEIYOKkZDzIIu21-f5swNW9dgJB63vX95VeshHUPA4uaA9"
	"_YSVVftQID3fteVGsNlGhPPmPHKp2_kEr-TqIy54eaQczl6mKcMK_azfvhuZ"
	"ayv7NU5yE1i8-AI6eP49VN8SuHLLq-MV7IPhOq4PkkZI7GT5sJjwBmVshkBm"
	"WYZngLAHuKJHQ_R93aqFM7S_KEy9pPTFFdrVvAyGvnt-LGRxe3otK5vGeGUs"
	"twcFTjTjD7rpOLi6ZRyS9aqsDylPUg"},
    {"ES256 with the key rsa", VB_EWEAK, "does not fit its key",
	"eyJhbGciOiJFUzI1NiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.IrN044M0rGp"
	"uw4qPLdYZyIaui0bLH9s9PV4sNX-ZCGQbDO71VknOem9RhIQxoICqv0j1ZlJ"
	"LolSYFdlAXbNZ3A"},
    {"ES256 with the key ed", VB_EWEAK, "does not fit its key",
	"eyJhbGciOiJFUzI1NiIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.GeRxKkdkbDfB"
	"ECoSlmA3LtkqRbMVSxtPkb3A8nh7kCVg4qfru0quPwAZLNjfwAvCXDRovwED"
	"GRVt_2_bPYdH3A"},
    {"EdDSA with the key rsa", VB_EWEAK, "does not fit its key",
	"eyJhbGciOiJFZERTQSIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.GbLTFrP2aCc"
	"juu3w6wU37QngjoK7sUQjcIkJwPaqD8GA56OYK8ixanzC7IaBH5jw-S_E63S"
	"Ar0YKhlWwwkmkAA"},
    {"EdDSA with the key ec", VB_EWEAK, "does not fit its key",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVjIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.RSPvKDSnpy5j"
	"adIHEH4t16ADrRpBCuwfebsvL2vNbV4IDS4CfLJxZPo5BnTnpowOEIWImy16"
	"DgTWMnVhaRjEDA"},
    {"another key's kid", VB_EWEAK, "signature is wrong",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6InJzIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.TQzmsM3e805k"
	"zike4wf8_nsyZtlv1I8iPhaqBlXS-zplTIeUyhe5hDqlKQxvouYVi3y7FWo9"
	"61r54BdDC5f3hpGdpDM9XOn8HUu1Aci3j4QHCU0XlQVPB-xHZu0kuuiqiBpi"
	"UOyeXrRMojplKVpOqLOVFxTSMIIQ-Jv97gJZwHAQvpsEjLPMZOsOM7YDsuq1"
	"fTOB9JdrwejpJ09G4OGzGcSPZwU13lwOWG-Z_tRAVFf-hSd8vdugW0pUstXY"
	"Wcj8WjmlkZFxq4E692HiK-nzv6QrGVkqWQjH_Hxc8oAOwNApQvceOJsH22yg"
	"PdxQ5nF13BILLxreo7gcRh5dpnGpbA"},
    {"a kid that is not there", VB_ENOTFOUND, "not in the key set",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6Im5ldyJ9.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.lSLGPPPTNgZ"
	"q7TnL5lh3141cvOcWGDFAGexE2UzbD_JpCZxoEV1c4xUWOUKQPxi1m06wlvF"
	"jWBNVgXm_rplYxDUkKtffkCPcxJBz6_dOwlCsOHG27p0a2_YGpmTgKKAdpKA"
	"meFOC81JZRneQ_BortcckIU0OO_6I_MyGoLxZnNa0U88DJ5BUNMf6FyY04A5"
	"5eiqXHGJGzxM_JwD1c7mCoD3SHD8a2vrRa8LMOzPGvsM3UF8p-3bRMF87DiC"
	"UYSs42OTCpOfCznI0u8rbaVWWlSx8i0Gmn6WgQ3Ahl5d-IRnzCo2qTBhfnSe"
	"JUht-V2oM5vrryzy9L8u2OuHYZtjAlA"},
    {"a kid in another case", VB_ENOTFOUND, "not in the key set",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6IlJTQSJ9.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.yrU73Jnp8BN"
	"wP9Dk9NPjOkeaEt0UfWVMxt6BNy-qGExP6isYu7PdzB4MPmrs6ic17dgb7sg"
	"Gfb5SmEfXL6irXhgi-XOzdGwMvsn1SuN-Wr8Vq26aKWAiEtxPbimpES-toAS"
	"BxJ4jR6nJnAcn4e5lXUuUwrFLW4Zgi6gakmH4tcdvh7_-kmb5dxbYLSDkQ5T"
	"iCBVvi4KsBH8MFXTfgOKUERelsGDD9tX9bJnC-JVxX8p7iH5po5w9T08nVkw"
	"xq_V9I5ukq4lgRybkpQSLVMnXSreSH8uMFI7O2DuKgyZkV-VG1qr391FR_4f"
	"7B5GvIkUpTvri3YgnoHaXePSTXXE_Wg"},
    {"no kid, of nobody", VB_ENOTFOUND, "signature is wrong",
	"eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29"
	"tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.szpnL8w7ZnbTTeP6P-VY__HmJ3o"
	"Nr8JCHHdBjDolVWHFXJLs0-tp-ej9kV3-AetwGm1TXyqGXDMs7UPLOJiFAw"},
    {"no kid, of nobody whose key is in it", VB_ENOTFOUND, "signature is wrong",
	"eyJhbGciOiJFZERTQSIsImp3ayI6eyJrdHkiOiJPS1AiLCJjcnYiOiJFZDI1"
	"NTE5IiwieCI6IkNabzdtZl9tVTcxUjVXYS1ZZTctblNBZ19KRlBPSXhWTnIx"
	"N19HUDZUdFUifX0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwi"
	"c3ViIjoiMjQ4Mjg5NzYxMDAxIn0.vcdZaXipI-BEGW6qR3gUE9C0QHk7Pegs"
	"U06idplj2ion9jVRe7Syv7RSHoHwv5KifT-bTgt0wtU1Hsw4z5swAA"},
    {"the kid of nobody's key in it", VB_EWEAK, "signature is wrong",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwiandrIjp7Imt0eSI6Ik9LUCIs"
	"ImNydiI6IkVkMjU1MTkiLCJ4IjoiQ1pvN21mX21VNzFSNVdhLVllNy1uU0Fn"
	"X0pGUE9JeFZOcjE3X0dQNlR0VSIsImtpZCI6ImVkIn19.eyJpc3MiOiJodHR"
	"wczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.FjZ"
	"tS_KUCtYow6Tradrg6okmPDbaSx3ZmrWzJp6BbNbTneltnQXPkeqy9hJGPci"
	"9Vjj_nD2-CqZBx_C1V1gEDA"},
    {"kid a number", VB_ESYNTAX, "named in a bad way",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6MX0.eyJpc3MiOiJodHRwczovL2lkLmV4"
	"YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.AJRo_wQh4A3rqYBN"
	"pdbmzh_KyjO-zn7I1Iob_uoNXcl_HiIqN9Mtn8rfiq_d6qYxEPTuQzdSVKQG"
	"oY2A6SthxybI6-lhV-jUK7cvd2yYLSUSYBOavgq4otAB-IWngg_2fJaYSIR_"
	"zQDC58wUog-O8tg2pOD_-dsSSXH-WXEMhlio0qVc1D8UlesTiZxxi2yAeQUB"
	"NEwnbYg-XnPy-tVjAkquUbUi6h17J6j1sQ4qTU6-Yib2sb3cddZCHYZj9mO7"
	"XccbHJ_zZlZllAnit8R_VpNHMh2OkTAbUKQKtKjJ8oAKC-tsCALtH_xaUHQ1"
	"4rvIx49CekavtPiFXw3bgNMHPQ"},
    {"kid empty", VB_ESYNTAX, "named in a bad way",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.eyJpc3MiOiJodHRwczovL2lkLmV"
	"4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.ZjcMkNAZUyyS1TR"
	"g3XdeSvOlbe3RXx3hZ4Ywnr7P1zbJ_pNqCKE_UqYIfbdpWWOrBGwEaXHUMH8"
	"1GY4r9JMIcQgqpAMo5phg_abPxTmmR5SED1RghWawr4pU9yXzpsh6dM9VLGK"
	"gAGSCJkeWerFV1P3aBi5rTDWb9IjZ2OUAcBPI2x7vyIYcADljZrj8Niyx3M2"
	"MaWCMXxvJ4iLu4GywHlKwQZ1pwcPkfp_7oDCkpbcNaZti7JYtTUds0sDDdHd"
	"HbYmQAmgThNgt2SrPpO5g4M7EKr_P327MEkAmwdcr0dgB2P9dU0N1LpWb2cy"
	"LJz7BM1lykEkKP03sj7HfDle-cw"},
    {"kid with a line break", VB_ESYNTAX, "named in a bad way",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYVxuIn0.eyJpc3MiOiJodHRwczov"
	"L2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.VkC9KPgb"
	"f4nGyZfD65zB6gvyVzJPF29Nv-2Hj7bNLe_RJU_koPWPxwhnmJG8zTLEaa1y"
	"XCKJPt3z66G2dZ4L0HU8ewQxF7Hdx8GlOB6R8-v3Bl-TDehSbIbwEtVCvjeZ"
	"nfMem2lCyrHHTtm9jMw-mpk1MGvLg6nGsCvhoj_EtFYGoZEaNsGiHG7QF6xc"
	"7vC_62SZyd2Q5mgZ09aBtPd3p9ivoLgBL8r8p8x6V6yaC93gudH6F7yPAgW2"
	"NcrKysuPNmbNfSXMe9TPowWItg8hMctWWQS5CSya6BqvLZMiJcyo62Gdc7H5"
	"5ccQkaRDFArD1bXZYlmUEMUEZgpmT0PqPQ"},
    {"kid as a path", VB_ENOTFOUND, "not in the key set",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6Ii4uLy4uL2Rldi9udWxsIn0.eyJpc3Mi"
	"OiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAx"
	"In0.Qd5N0VpuJ_BLQmY1XeBzBhuDvg703fsXTQKBt_zTwASwHOrtTAyUrG-9"
	"8yPWmCHxLJ8nkfe-rrmP9BK1m7VyMlxp7epvBQlZhPHEx4pr5bgdiSRTHj7E"
	"d5YiYHfaUyM2w5b3NukDrsejjd4geEdlSORbJnw_yzTGZJ1UGjR_bxQoR5GF"
	"vbHiZ8rR5Ys_siJrgvNR6fGkgXI9DjdemC6CDKV3frgX7eaducwmLMbflxkz"
	"2w8B_CD-uTtLLE7aMUp1ueAk7NWSRWmormPMzEr6raTFc2B6b_oPSUPmMoh-"
	"4SKDcyPZpkYkgkwdLDLSJ-yg3UMW9dyygRQrais4mxYeAQ"},
    {"kid too long", VB_ESYNTAX, "named in a bad way",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6Imtra2tra2tra2tra2tra2tra2tra2tr"
	"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr"
	"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr"
	"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr"
	"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr"
	"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr"
	"a2tra2tra2sifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic"
	"3ViIjoiMjQ4Mjg5NzYxMDAxIn0.Lap7y1k82U1mUlA3SWCicsHfo5t-HOSVA"
	"kFpDm_2jTFVlRjXh37ls-lhG9N8J9pGDn4mCnKaCzKEIIvAIxY6FrpQzt-4S"
	"zQ0gPijzUiaIXeNhy1S-jIJF7w10ve4vQrhmKD-un2uzhqGiTQmwLdXBC7Tb"
	"8oNgj6HdqTGCnqt_XAvI571NuVLPc_Qikl7JYIjW005e0VTLx2JioQYABAsk"
	"A4mcP1E45TeQiS50LcboPLdDkvf07XJdTMPN9YPfzvZ953wA8ou48RSgHxGc"
	"qzIJ4F1ZsKpU-Xj9rE5ZCtsKkjrA-Kh_Ix1rXVCF-mmPZrG32EUFgS2mampz"
	"0p6mKVmug"},
    {"crit [b64]", VB_ESYNTAX, "an extension",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwiYjY0IjpmYWxzZSwiY3JpdCI6"
	"WyJiNjQiXX0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3Vi"
	"IjoiMjQ4Mjg5NzYxMDAxIn0.4059JSDy4I-jzyOgm5xkV2NCbnbSwkZBGNKa"
	"Luny1NqaJ72_5ISiDW3vr0V0xyF60YAZlLrU0dHq9xHQko9yAg"},
    {"crit [exp]", VB_ESYNTAX, "an extension",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwiYjY0IjpmYWxzZSwiY3JpdCI6"
	"WyJleHAiXX0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3Vi"
	"IjoiMjQ4Mjg5NzYxMDAxIn0.oPehL7Er0WrsVyBFGpyWrqyxogZPNqfP2YtF"
	"6e3QKpetWBtXtbLb_T00iCmYp8pYxDTYuhSqM2k2iLk10oenBQ"},
    {"crit []", VB_ESYNTAX, "an extension",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwiYjY0IjpmYWxzZSwiY3JpdCI6"
	"W119.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ"
	"4Mjg5NzYxMDAxIn0.yV59EogxmcYDfDGYtL5QM6EOqPnz270lwKWqilGTrVT"
	"workflOCWZGN_TCIIb-ohWvBf4fQnu_NR-7t7J8voDg"},
    {"crit null", VB_ESYNTAX, "an extension",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwiYjY0IjpmYWxzZSwiY3JpdCI6"
	"bnVsbH0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoi"
	"MjQ4Mjg5NzYxMDAxIn0.IP60PgIVKQvA-yteysKknwH8wRRJGm1vkZbclg88"
	"IARmF3zfQmfVENCYCONCRzT82jwAw97Lf-JK-Z5iK856Bw"},
    {"crit x", VB_ESYNTAX, "an extension",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwiYjY0IjpmYWxzZSwiY3JpdCI6"
	"IngifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiM"
	"jQ4Mjg5NzYxMDAxIn0.J0tfam5jYVqPyiYRy-ZOHsjelpxlD6obMPBYkjMdM"
	"oGogtjTXEy1eTDBOWxnlqGDyymvwun2lWg4Oa53qTw4Cw"},
    {"typ a number", VB_ESYNTAX, "type is not text",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwidHlwIjoxfQ.eyJpc3MiOiJod"
	"HRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.e"
	"u50Z0pQO0G1EweETf-pwLxek8SJ_p3NC_6WFY-42QiIq4OVAoL5JEHPHDj-9"
	"4cWZlxA9ReITafzTacegxjaDQ"},
    {"typ too long", VB_ESYNTAX, "type is not text",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwidHlwIjoidHR0dHR0dHR0dHR0"
	"dHR0dHR0dHR0dHR0dHR0dHR0dHQifQ.eyJpc3MiOiJodHRwczovL2lkLmV4Y"
	"W1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.sy_tzAVuFLG-NMD77"
	"HA05dTQeMAiBtKv7KcHphUJWzJIcpTj7hrLpD16uSeZV4gggtnJqlMQnm5SQ"
	"q5CxYNyCA"},
};
const size_t vectors_bad_keys_count =
    sizeof(vectors_bad_keys) / sizeof(vectors_bad_keys[0]);
